/** The style of a part of the page that loads later, with its code. The content security policy allows what is not in the document. */
export function addStyle(css: string): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  document.adoptedStyleSheets.push(sheet)
}
