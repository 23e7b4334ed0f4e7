// Folders for tests. All of a run are in one that ends with it, so nobody removes theirs.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The path of a new and empty folder. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'taifas-'))
