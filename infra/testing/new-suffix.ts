import { randomBytes } from 'node:crypto'

/** Makes a name unlike any other. Of hexadecimal digits: an id may contain "Mod", and be refused as a name of a moderator. */
export const newSuffix = (): string => randomBytes(8).toString('hex')
