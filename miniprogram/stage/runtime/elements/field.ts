// Fields to type into. The browser's own field sits inside.
import { emit } from '../engine'
import { Control } from './base'

type Inner = HTMLInputElement | HTMLTextAreaElement

const keyboards: Record<string, string> = { number: 'numeric', idcard: 'text', digit: 'decimal', tel: 'tel' }
const usualLength = 140

abstract class TypedField extends Control {
  static observedAttributes = [
    'value',
    'placeholder',
    'disabled',
    'type',
    'password',
    'maxlength',
    'focus',
    'aria-label',
    'confirm-type',
    'auto-height',
  ]
  protected abstract readonly kind: 'input' | 'textarea'
  private made: Inner | undefined

  get value() {
    return this.inner.value
  }

  override connectedCallback() {
    super.connectedCallback()
    this.fit()
  }

  reset() {
    this.inner.value = ''
    this.fit()
  }

  onTap() {
    this.inner.focus()
    return true
  }

  attributeChangedCallback(name: string, _: string | null, value: string | null) {
    const { inner } = this
    if (name === 'value') {
      if (inner.value !== (value ?? '')) inner.value = value ?? ''
      this.fit()
    } else if (name === 'maxlength') {
      const length = Number(value ?? usualLength)
      if (length >= 0) inner.maxLength = length
      else inner.removeAttribute('maxlength')
    } else if (name === 'disabled') inner.disabled = value !== null
    else if (name === 'password') inner.setAttribute('type', value === null ? 'text' : 'password')
    else if (name === 'type') inner.inputMode = keyboards[value ?? ''] ?? 'text'
    else if (name === 'confirm-type') inner.enterKeyHint = value ?? ''
    else if (name === 'auto-height') this.fit()
    else if (name === 'focus') {
      // The page may still be on its way into the document.
      if (value !== null) setTimeout(() => inner.focus())
    } else inner.setAttribute(name, value ?? '')
  }

  private get inner() {
    if (!this.made) {
      const root = this.inside(`<style>${fieldStyle}</style><${this.kind}></${this.kind}>`)
      this.made = root.querySelector<Inner>(this.kind) as Inner
      this.made.maxLength = usualLength
      this.listen(this.made)
    }
    return this.made
  }

  private listen(inner: Inner) {
    const detail = () => ({ value: inner.value, cursor: inner.selectionStart ?? inner.value.length })
    inner.addEventListener('input', () => {
      this.fit()
      emit(this, 'input', detail())
    })
    inner.addEventListener('focus', () => emit(this, 'focus', { ...detail(), height: 0 }))
    inner.addEventListener('blur', () => emit(this, 'blur', detail()))
    inner.addEventListener('keydown', (event) => {
      if ((event as KeyboardEvent).key === 'Enter' && this.kind === 'input') emit(this, 'confirm', detail())
    })
  }

  /** fit makes a field with auto-height as high as its text. */
  private fit() {
    if (this.kind !== 'textarea' || !this.hasAttribute('auto-height')) return
    requestAnimationFrame(() => {
      const { inner } = this
      inner.style.height = 'auto'
      inner.style.height = `${inner.scrollHeight}px`
    })
  }
}

export class Input extends TypedField {
  protected readonly kind = 'input'
}

export class Textarea extends TypedField {
  protected readonly kind = 'textarea'
}

const fieldStyle = `
  input, textarea { all: unset; display: block; box-sizing: border-box; width: 100%; height: 100%; font: inherit;
    color: inherit; text-align: inherit; -webkit-text-security: inherit }
  textarea { white-space: pre-wrap; overflow-wrap: break-word }
  ::placeholder { color: var(--mp-placeholder) }`
