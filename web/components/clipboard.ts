/** Puts a text on the clipboard; false where the browser doesn't allow it: it does over https and on the same computer. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
