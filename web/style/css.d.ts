/** A style that loads with code, see infra/build/style-in-code.ts. */
declare module '*.css'
