// Buttons, forms, labels and links.
import { emit } from '../engine'
import { Base, Control } from './base'

export class Button extends Control {
  onTap() {
    const form = this.closest<Form>('wx-form')
    const type = this.word('form-type')
    if (form && type === 'submit') emit(form, 'submit', { value: form.values() })
    if (form && type === 'reset') {
      form.reset()
      emit(form, 'reset')
    }
    return false
  }
}

interface Field extends Element {
  readonly value: unknown
  reset(): void
}

export class Form extends Base {
  values(): Record<string, unknown> {
    return Object.fromEntries(this.fields().map((field): [string, unknown] => [field.getAttribute('name') ?? '', field.value]))
  }

  reset() {
    for (const field of this.fields()) field.reset()
  }

  private fields() {
    return Array.from(this.querySelectorAll<Field>('[name]')).filter((field) => 'value' in field)
  }
}

export class Label extends Base {
  connectedCallback() {
    this.setAttribute('data-tap', '')
  }

  onTap(target: Element) {
    const inner = 'wx-radio, wx-checkbox, wx-switch, wx-input, wx-textarea, wx-button'
    if (target.closest(inner)) return false
    const named = this.word('for')
    const found = named
      ? this.closest('.mp-scroll')?.querySelector<Control>(`#${CSS.escape(named)}`)
      : this.querySelector<Control>(inner)
    return found?.onTap(found) ?? false
  }
}

const routes = {
  navigate: 'navigateTo',
  redirect: 'redirectTo',
  switchTab: 'switchTab',
  reLaunch: 'reLaunch',
  navigateBack: 'navigateBack',
} as const

declare const wx: Record<(typeof routes)[keyof typeof routes], (options: { url: string; delta: number }) => Promise<unknown>>

export class Navigator extends Control {
  onTap() {
    const type = (this.word('open-type') || 'navigate') as keyof typeof routes
    void wx[routes[type]]({ url: this.word('url'), delta: Number(this.word('delta') || 1) })
    return true
  }
}
