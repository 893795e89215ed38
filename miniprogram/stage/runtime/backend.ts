// The engine's way to the DOM: how elements are made, how sheets are loaded,
// and how the browser's events become those of WeChat.
import { glassEasel, nearest, type EngineElement } from './engine'
import { watchGestures } from './gestures'
import { inBrowserUnits } from './units'

type Listener = (target: never, type: string, detail: object, options: object) => unknown

export class Backend extends glassEasel.CurrentWindowBackendContext {
  private readonly contents = new Map<string, string>()
  private readonly sheets = new Map<string, HTMLStyleElement>()

  constructor() {
    super()
    Object.assign(this, {
      document: {
        createElement,
        createTextNode: (text: string) => document.createTextNode(text),
        createDocumentFragment: () => document.createDocumentFragment(),
      },
    })
  }

  override registerStyleSheetContent(path: string, content: unknown) {
    this.contents.set(path, String(content))
  }

  override appendStyleSheetPath(path: string) {
    if (this.sheets.has(path)) return 0
    const sheet = document.createElement('style')
    sheet.dataset.path = path
    sheet.textContent = this.contents.get(path) ?? ''
    // The app's own sheet comes before all others, so that each page can overrule it.
    if (path === 'app') document.head.querySelector('style, script')?.before(sheet)
    if (!sheet.isConnected) document.head.append(sheet)
    this.sheets.set(path, sheet)
    return 0
  }

  /** useSheet turns a page's sheet on or off: in WeChat each page is a document of its own. */
  useSheet(path: string, on: boolean) {
    const sheet = this.sheets.get(path)
    if (sheet) sheet.disabled = !on
  }

  override disableStyleSheet() {
    // Sheets stay loaded for the next time.
  }

  override setListenerStats(element: unknown, type: string) {
    if (type === 'tap') (element as EngineElement | undefined)?.setAttribute?.('data-tap', '')
  }

  override setModelBindingStat(element: unknown, _attribute: string, listener: ((value: unknown) => void) | null) {
    ;(element as EngineElement).writeBack = listener
  }

  override onEvent(listener: Listener) {
    watchGestures((target, type, detail, extraFields, originalEvent) => {
      listener(target.__wxElement as never, type, detail, {
        originalEvent,
        bubbles: true,
        composed: true,
        capturePhase: true,
        extraFields,
      })
    })
    for (const type of ['transitionend', 'animationstart', 'animationiteration', 'animationend']) {
      document.addEventListener(
        type,
        (originalEvent) => {
          const target = nearest(originalEvent.target)
          if (target) listener(target.__wxElement as never, type, {}, { originalEvent, bubbles: true, composed: true })
        },
        true,
      )
    }
  }
}

/** createElement makes a built-in element or a component's host, either of which takes WeChat's attributes. */
function createElement(tag: string) {
  const name = `wx-${tag}`
  const element = document.createElement(customElements.get(name) ? name : tag) as EngineElement
  const set = element.setAttribute.bind(element)
  const remove = element.removeAttribute.bind(element)
  const raw = (attribute: string) => element.__wxElement?.getAttribute(attribute)
  element.setAttribute = (attribute, value) => {
    if (attribute === 'style') set(attribute, inBrowserUnits(value))
    else if (attribute === 'aria-role') set('role', value)
    else if (attribute.startsWith('aria-')) set(attribute, raw(attribute) === true ? 'true' : value)
    else set(attribute, value)
  }
  // The engine puts a prefix before each id, which neither sheets nor scripts know.
  Object.defineProperty(element, 'id', {
    get: () => element.getAttribute('id') ?? '',
    set: (id: string) => set('id', id.slice(id.indexOf('--') + 2)),
  })
  element.removeAttribute = (attribute) => {
    if (attribute.startsWith('aria-') && raw(attribute) === false) set(attribute, 'false')
    else remove(attribute === 'aria-role' ? 'role' : attribute)
  }
  return element
}
