import { expect, test } from 'vitest'
import { misspelledSettings } from './misspellings.ts'
import { settings } from './settings.ts'

const complaint = (name: string) => misspelledSettings({ [name]: '1' })[0]

test.each([
  ['HISTORYLIMIT', 'HISTORY_LIMIT'],
  ['history_limit', 'HISTORY_LIMIT'],
  ['HISTORY_LIMITS', 'HISTORY_LIMIT'],
  ['HISTROY_LIMIT', 'HISTORY_LIMIT'],
  ['HISTORY_LIMI', 'HISTORY_LIMIT'],
  ['REDIS_URI', 'REDIS_URL'],
  ['SESSION_SECRETS', 'SESSION_SECRET'],
  ['DATADIR', 'DATA_DIR'],
  ['port', 'PORT']
])('%s is named, with the setting that it is like', (name, meant) => {
  expect(complaint(name)).toBe(`${name} is not a setting and has no effect. Did you mean ${meant}?`)
})

test('settings themselves, empty variables and common ones of shells, Node, npm, Fly, containers and hosts are not', () => {
  const common = `
    HOME HOSTNAME HOSTTYPE HOSTS POST PORTS SORT PATH PWD OLDPWD USER LOGNAME LANG SHELL TERM TMPDIR TZ SHLVL MAIL EDITOR DISPLAY
    DATA XDG_DATA_DIRS XDG_DATA_HOME XDG_SESSION_ID XDG_SESSION_TYPE ACCESS_KEY SESSION_MANAGER
    NODE_ENV NODE_OPTIONS NODE_VERSION NODE_PATH NODE_COMPILE_CACHE YARN_VERSION npm_config_prefix npm_lifecycle_event INIT_CWD CI DEBUG
    FLY_ALLOC_ID FLY_PUBLIC_IP FLY_PRIVATE_IP FLY_IMAGE_REF FLY_MACHINE_VERSION FLY_PROCESS_GROUP FLY_VM_MEMORY_MB PRIMARY_REGION
    REDIS_HOST REDIS_PORT REDIS_PASSWORD REDIS_TLS_URL DATABASE_URL KUBERNETES_PORT KUBERNETES_SERVICE_HOST RENDER_EXTERNAL_URL
    LOG_FORMAT LOGLEVELS_DIR METRICS_PATH OIDC_SCOPES RATE_LIMIT VAPID_PUBLIC_KEY VAPID_SUBJECT PUBLIC_URL ALLOWED_HOSTS
  `
  expect(common.split(/\s+/).flatMap((name) => complaint(name) ?? [])).toEqual([])
  expect(Object.keys(settings).flatMap((name) => complaint(name) ?? [])).toEqual([])
  expect(misspelledSettings({ HISTORYLIMIT: ' ', HISTORY_LIMITS: undefined })).toEqual([])
})
