import { languages, nameOf } from '../state/i18n.ts'
import { themes } from '../state/theme.ts'
import { useApp } from './app-context.ts'

/** Language and appearance; both are the browser's, not the person's. */
export function Preferences() {
  const { i18n, theme } = useApp()
  return (
    <div class="preferences">
      <label class="choice">
        <span>{i18n.t('language.title')}</span>
        <select value={i18n.language.value} onChange={(event) => void i18n.choose(event.currentTarget.value)}>
          {languages.map((language) => (
            <option key={language} value={language} lang={language}>
              {nameOf(language)}
            </option>
          ))}
        </select>
      </label>
      <label class="choice">
        <span>{i18n.t('theme.title')}</span>
        <select
          value={theme.theme.value}
          onChange={(event) => theme.choose(themes.find((theme) => theme === event.currentTarget.value) ?? 'auto')}
        >
          {themes.map((name) => (
            <option key={name} value={name}>
              {i18n.t(`theme.${name}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
