// What is on or off: switch, checkbox, radio.
import { emit, type EngineElement } from '../engine'
import { Base, Control } from './base'

abstract class Toggle extends Control {
  static observedAttributes = ['checked', 'disabled', 'color']
  protected abstract readonly kind: string

  override connectedCallback() {
    super.connectedCallback()
    if (!this.hasAttribute('role')) this.write('role', this.kind)
    this.inside(`<style>${toggleStyle}</style><span part="box"></span><slot></slot>`)
    this.attributeChangedCallback()
  }

  get checked() {
    return this.hasAttribute('checked')
  }

  reset() {
    this.removeAttribute('checked')
  }

  onTap() {
    if (!this.hasAttribute('disabled')) this.tapped()
    return true
  }

  attributeChangedCallback() {
    this.write('aria-checked', String(this.checked))
    if (this.hasAttribute('color')) this.style.setProperty('--mp-accent', this.word('color'))
  }

  /** check puts the mark past the engine, which knows only what the template says. */
  protected check(on: boolean) {
    this.toggleAttribute('checked', on)
  }

  protected abstract tapped(): void
}

export class Switch extends Toggle {
  protected readonly kind = 'switch'

  get value() {
    return this.checked
  }

  protected tapped() {
    this.check(!this.checked)
    emit(this, 'change', { value: this.checked })
  }
}

export class Checkbox extends Toggle {
  protected readonly kind = 'checkbox'

  protected tapped() {
    this.check(!this.checked)
    const group = this.closest<EngineElement>('wx-checkbox-group')
    if (group) emit(group, 'change', { value: chosen(group) })
  }
}

export class Radio extends Toggle {
  protected readonly kind = 'radio'

  protected tapped() {
    if (this.checked) return
    const group = this.closest<EngineElement>('wx-radio-group')
    for (const radio of group?.querySelectorAll<Radio>('wx-radio') ?? []) radio.check(false)
    this.check(true)
    if (group) emit(group, 'change', { value: this.word('value') })
  }
}

export class CheckboxGroup extends Base {
  get value() {
    return chosen(this)
  }

  reset() {
    for (const box of this.querySelectorAll('wx-checkbox')) box.removeAttribute('checked')
  }
}

export class RadioGroup extends Base {
  get value() {
    return this.querySelector('wx-radio[checked]')?.getAttribute('value') ?? ''
  }

  reset() {
    for (const radio of this.querySelectorAll('wx-radio')) radio.removeAttribute('checked')
  }
}

function chosen(group: Element) {
  return Array.from(group.querySelectorAll('wx-checkbox[checked]'), (box) => box.getAttribute('value') ?? '')
}

const toggleStyle = `
  :host { display: inline-flex; align-items: center; vertical-align: middle }
  span { flex: none; box-sizing: border-box; border: 1px solid #c4c8cc; background: #fff; position: relative;
    width: 24px; height: 24px; margin-right: 5px; border-radius: 4px; transition: background 0.15s }
  :host([role=radio]) span { border-radius: 50% }
  :host([checked]) span { background: var(--mp-accent); border-color: var(--mp-accent) }
  span::after { content: ''; position: absolute; display: none }
  :host([checked]:not([role=switch])) span::after { display: block; left: 7px; top: 3px; width: 6px; height: 11px;
    border: solid #fff; border-width: 0 2px 2px 0; rotate: 45deg }
  :host([role=switch]) span { width: 52px; height: 32px; border-radius: 16px; margin: 0; background: #e5e7ea }
  :host([role=switch]) span::after { display: block; left: 1px; top: 1px; width: 28px; height: 28px; border-radius: 50%;
    background: #fff; box-shadow: 0 1px 3px #0006; transition: translate 0.15s }
  :host([role=switch][checked]) span { background: var(--mp-accent) }
  :host([role=switch][checked]) span::after { translate: 20px }
  :host([disabled]) { opacity: 0.4 }`
