const added = new Set<string>()

/** The style of a part of the page that loads later, with its code, once. The content security policy allows what is not in the document. */
export function addStyle(css: string): void {
  if (added.has(css)) return
  added.add(css)
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  document.adoptedStyleSheets.push(sheet)
}
