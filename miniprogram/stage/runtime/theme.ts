// Light and dark, as the system says, and the colours of theme.json.
import type { StageConfig } from './config'

const dark = matchMedia('(prefers-color-scheme: dark)')

export const theme = () => (dark.matches ? 'dark' : 'light')

export function onThemeChange(listener: () => void) {
  dark.addEventListener('change', listener)
}

/** coloured puts the theme's values in the place of names such as @background. */
export function coloured<T extends object>(settings: T, themes: StageConfig['theme']): T {
  const values = themes[theme()] ?? {}
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === 'string' && value.startsWith('@') ? (values[value.slice(1)] ?? value) : (value as unknown),
    ]),
  ) as T
}
