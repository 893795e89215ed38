// What all built-in elements share.
import type { EngineElement, EngineNode } from '../engine'

// These the engine writes itself; all others have a raw value to ask for.
const plain = new Set(['class', 'style', 'id', 'role', 'wx-host', 'data-tap', 'data-hover'])

export class Base extends HTMLElement implements EngineElement {
  declare __wxElement?: EngineNode
  declare writeBack?: ((value: unknown) => void) | null

  /** The engine writes null and undefined as an empty text; WeChat takes them for absent. */
  override setAttribute(name: string, value: string) {
    const raw = this.__wxElement && !plain.has(name) ? (this.__wxElement.getAttribute(name) ?? undefined) : value
    if (raw === undefined) this.removeAttribute(name)
    else super.setAttribute(name, value)
  }

  /** write sets an attribute that no template gave. */
  protected write(name: string, value: string) {
    super.setAttribute(name, value)
  }

  /** raw answers an attribute as the template gave it, lists and objects whole. */
  protected raw(name: string): unknown {
    return this.__wxElement?.getAttribute(name) ?? this.getAttribute(name)
  }

  /** word answers an attribute as text. */
  protected word(name: string) {
    const value = this.raw(name)
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }

  /** inside makes the element's inner parts once and answers their root. */
  protected inside(html: string) {
    if (this.shadowRoot) return this.shadowRoot
    const root = this.attachShadow({ mode: 'open' })
    root.innerHTML = html
    return root
  }
}

/** Control is an element that is there to be tapped. */
export abstract class Control extends Base {
  connectedCallback() {
    // Within a label, the label is what one taps.
    if (!this.closest('wx-label')) this.setAttribute('data-tap', '')
  }

  abstract onTap(target: Element): boolean
}
