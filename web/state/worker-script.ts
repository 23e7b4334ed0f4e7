// The workers of this page, which are registered by addresses that the browser trusts.
interface Policy {
  createScriptURL(address: string): string
}
interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy
}
const policies = new Map<string, Policy | undefined>()

/** Registers the script as a worker. `name` is a policy that the server allows once, and that makes this address and no other. */
export function registerWorker(name: string, script: string, options?: RegistrationOptions) {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory }
  if (!policies.has(name)) policies.set(name, trustedTypes?.createPolicy(name, { createScriptURL: () => script }))
  return navigator.serviceWorker.register(policies.get(name)?.createScriptURL(script) ?? script, options)
}
