// The life of the app as a whole: launch, coming to the front, leaving it,
// and what went wrong.
import { parseAddress } from './address'
import type { StageConfig } from './config'

export interface LaunchOptions {
  path: string
  query: Record<string, string>
  scene: number
  referrerInfo: object
}

const openedFromList = 1001
const scannedCode = 1047

type Listener = (value: unknown) => void
type App = Record<string, unknown>

class Life {
  app: App = {}
  private readonly showing = new Set<Listener>()
  private readonly hiding = new Set<Listener>()

  register(definition: object) {
    this.app = definition as App
  }

  onShow(listener: Listener) {
    this.showing.add(listener)
  }

  offShow(listener: Listener) {
    this.showing.delete(listener)
  }

  onHide(listener: Listener) {
    this.hiding.add(listener)
  }

  offHide(listener: Listener) {
    this.hiding.delete(listener)
  }

  launch(options: LaunchOptions) {
    this.tell('onLaunch', options)
    this.tell('onShow', options)
    document.addEventListener('visibilitychange', () => {
      const hidden = document.visibilityState === 'hidden'
      this.tell(hidden ? 'onHide' : 'onShow', hidden ? undefined : options)
      for (const listener of hidden ? this.hiding : this.showing) listener(hidden ? undefined : options)
    })
    // The browser goes on to print both, so that nobody overlooks them.
    window.addEventListener('error', (event) => this.tell('onError', event.message))
    window.addEventListener('unhandledrejection', (event) =>
      this.tell('onUnhandledRejection', { reason: event.reason as unknown, promise: event.promise }),
    )
  }

  private tell(name: string, value: unknown) {
    const method = this.app[name]
    if (typeof method === 'function') (method as Listener).call(this.app, value)
  }
}

export const life = new Life()

/** launchOptions reads from the address which page is wanted; a scene in it means that a code was scanned. */
export function launchOptions(config: StageConfig): LaunchOptions {
  const { path, query } = parseAddress(location.hash.replace(/^#\/?/, ''))
  const known = config.pages.includes(path)
  if (path && !known) console.error(`page "${path}" is not found`)
  return {
    path: known ? path : (config.pages[0] ?? ''),
    query: known ? query : {},
    scene: 'scene' in query ? scannedCode : openedFromList,
    referrerInfo: {},
  }
}
