// Reads what this browser has stored, which another build may have written. A library for this would be 2 % of all that the page loads.

type Check<T> = (value: unknown) => value is T
type Fields = Record<string, Check<unknown>>
type Checked<C> = C extends Check<infer T> ? T : never
type Shape<Required extends Fields, Optional extends Fields> = {
  [Name in keyof Required]: Checked<Required[Name]>
} & { [Name in keyof Optional]?: Checked<Optional[Name]> }

export const isText: Check<string> = (value) => typeof value === 'string'
export const isNumber = (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value)
export const isObject: Check<object> = (value) => typeof value === 'object' && value !== null
export const isOneOf =
  <const T>(...values: readonly T[]): Check<T> =>
  (value): value is T =>
    values.includes(value as T)

/** Reads an object with these fields, without others. Null when one is missing or something else. */
export function reader<Required extends Fields, Optional extends Fields>(required: Required, optional: Optional) {
  return (stored: unknown): Shape<Required, Optional> | null => {
    if (!isObject(stored)) return null
    const read: [string, unknown][] = []
    for (const [name, check] of Object.entries<Check<unknown>>({ ...required, ...optional })) {
      const value: unknown = Reflect.get(stored, name)
      if (value === undefined && name in optional) continue
      if (!check(value)) return null
      read.push([name, value])
    }
    return Object.fromEntries(read) as Shape<Required, Optional>
  }
}
