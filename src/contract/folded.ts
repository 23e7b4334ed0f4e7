// Text as it is compared in a search, by the page and by the stores of people.

/** Characters that Unicode does not take apart into a plain one and a mark. */
const WHOLE = new Map(Object.entries({ ł: 'l', ø: 'o', đ: 'd', ħ: 'h', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe' }))

/** Without case, width and marks, so that "lodz" finds "Łódź". */
export const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
    .toLowerCase()
    .replace(/[łøđħıßæœ]/g, (whole) => WHOLE.get(whole)!)
    .trim()
