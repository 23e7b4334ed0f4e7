/** A style that loads with code: its text, see components/add-style.ts. */
declare module '*.css' {
  const css: string
  export default css
}
