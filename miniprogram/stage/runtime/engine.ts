// The parts of Tencent's component engine that the stage touches, with the
// types that it needs of them.
import { glassEasel } from 'glass-easel-miniprogram-adapter'

/** Node is the engine's side of a DOM element. */
export interface EngineNode {
  getAttribute(name: string): unknown
  triggerEvent(type: string, detail: object, options: { bubbles: boolean; composed: boolean }): void
  ownerShadowRoot?: { getHostNode(): { is: string } } | null
}

export interface EngineElement extends HTMLElement {
  __wxElement?: EngineNode
  /** Gets a value back into the page's data, for model:value and the like. */
  writeBack?: ((value: unknown) => void) | null
  /** What tapping does besides the event; true ends the search for more. */
  onTap?(target: Element): boolean
}

/** Instance is a page or component as its own script sees it. */
export type Instance = Record<string, unknown> & {
  createSelectorQuery(): SelectorQuery
  createIntersectionObserver(options?: object): unknown
}

export interface SelectorQuery {
  in(component: Instance): SelectorQuery
  select(selector: string): unknown
  selectAll(selector: string): unknown
  selectViewport(): unknown
  exec(done?: (results: unknown[]) => void): void
}

/** callMethod calls a page's or component's method if there is one. */
export function callMethod(instance: Instance, name: string, ...args: unknown[]) {
  const method = instance[name]
  return typeof method === 'function' ? (method as (...args: unknown[]) => unknown).apply(instance, args) : undefined
}

/** emit fires an event of a built-in element. */
export function emit(element: EngineElement, type: string, detail: object = {}) {
  if (element.writeBack && 'value' in detail) element.writeBack(detail.value)
  element.__wxElement?.triggerEvent(type, detail, { bubbles: false, composed: false })
}

/** nearest finds the element itself or the next above it that the engine made. */
export function nearest(target: EventTarget | null) {
  let node = target as Node | null
  while (node && !(node as EngineElement).__wxElement) node = node.parentNode
  return node as EngineElement | null
}

export { glassEasel }
