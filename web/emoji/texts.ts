// The texts of the emoji picker, which load with it. A language that is missing here, or in names/, gets English.

export type EmojiTexts = typeof en
export type EmojiTextKey = keyof EmojiTexts

const en = {
  search: 'Search emoji',
  tone: 'Skin tone',
  group: 'Go to',
  recent: 'Used last',
  found: 'Found',
  none: 'No emoji found',
  smileys: 'Smileys',
  people: 'People',
  animals: 'Animals and nature',
  food: 'Food and drink',
  travel: 'Places and travel',
  activities: 'Activities',
  objects: 'Objects',
  symbols: 'Symbols',
  flags: 'Flags'
}

const pl: EmojiTexts = {
  search: 'Szukaj emoji',
  tone: 'Odcień skóry',
  group: 'Przejdź do',
  recent: 'Ostatnio używane',
  found: 'Znalezione',
  none: 'Nie znaleziono emoji',
  smileys: 'Buźki',
  people: 'Ludzie',
  animals: 'Zwierzęta i przyroda',
  food: 'Jedzenie i napoje',
  travel: 'Miejsca i podróże',
  activities: 'Zajęcia',
  objects: 'Przedmioty',
  symbols: 'Symbole',
  flags: 'Flagi'
}

const ro: EmojiTexts = {
  search: 'Caută emoji',
  tone: 'Nuanța pielii',
  group: 'Mergi la',
  recent: 'Folosite recent',
  found: 'Găsite',
  none: 'Niciun emoji găsit',
  smileys: 'Fețe zâmbitoare',
  people: 'Oameni',
  animals: 'Animale și natură',
  food: 'Mâncare și băuturi',
  travel: 'Locuri și călătorii',
  activities: 'Activități',
  objects: 'Obiecte',
  symbols: 'Simboluri',
  flags: 'Steaguri'
}

const texts = new Map(Object.entries({ en, pl, ro }))

export const emojiTexts = (language: string): EmojiTexts => texts.get(language) ?? en
