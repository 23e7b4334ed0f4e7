// Whether a text shows anything. Its rules are in chat/rules.ts.

/** Anything but spaces, control characters, and what Unicode or a font shows as nothing. */
const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb]/u

/** Whether there is nothing to see in it, so that it counts as empty. */
export const isBlank = (text: string) => !VISIBLE.test(text)
