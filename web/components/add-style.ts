/**
 * Adds the style of a part of the page that loads later, see infra/build/style-in-code.ts. The content security policy allows what is not
 * in the document.
 */
export function addStyle(css: string): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  document.adoptedStyleSheets.push(sheet)
}
