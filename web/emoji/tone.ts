// Skin tones. An emoji of several people keeps its own.

export interface Toned {
  sign: string
  hasTones: boolean
}

/** What a tone follows, without the sign that asks for a picture. */
const FIRST_SIGN = /^(.)\uFE0F?/u

/** With this skin tone, where it has tones; an empty tone leaves it as it is. */
export const toned = ({ sign, hasTones }: Toned, tone: string): string =>
  hasTones && tone !== '' ? sign.replace(FIRST_SIGN, `$1${tone}`) : sign
