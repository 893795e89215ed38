// What WeChat shows over a page: toasts, dialogs, lists of actions.
import { allowAsTap } from '../gestures'
import { call, Refusal } from './call'
import { layer, part } from './sheet'

export interface ModalOptions {
  title?: string
  content?: string
  showCancel?: boolean
  cancelText?: string
  confirmText?: string
  editable?: boolean
  placeholderText?: string
}

const longestButton = 8

interface ToastOptions {
  title: string
  duration?: number
  icon?: string
  mask?: boolean
}

let toast: HTMLElement | undefined
let loading: HTMLElement | undefined

export const dialogs = {
  showToast: call('showToast', (options: ToastOptions) => {
    toast?.remove()
    const shown = note(options, options.icon ?? 'success')
    toast = shown
    setTimeout(() => shown.remove(), options.duration ?? 1500)
  }),
  hideToast: call('hideToast', () => toast?.remove()),
  showLoading: call('showLoading', (options: ToastOptions) => {
    loading?.remove()
    loading = note(options, 'loading')
  }),
  hideLoading: call('hideLoading', () => loading?.remove()),
  showModal: call('showModal', (options: ModalOptions) => {
    for (const name of ['confirmText', 'cancelText'] as const) {
      // A Chinese character counts twice.
      if ((options[name] ?? '').replace(/[\u0391-\uffe5]/g, 'aa').length > longestButton) {
        throw new Refusal(`${name} length should not larger than 4 Chinese characters`)
      }
    }
    return ask(options)
  }),
  showActionSheet: call('showActionSheet', ({ itemList, alertText }: { itemList: string[]; alertText?: string }) => {
    return new Promise<object>((resolve, reject) => {
      const mask = layer('mp-mask bottom')
      const box = part('div', 'mp-sheet mp-actions')
      box.setAttribute('role', 'dialog')
      if (alertText) box.append(part('p', '', alertText))
      itemList.forEach((text, tapIndex) => {
        const button = part('button', '', text)
        button.addEventListener('click', () => {
          mask.remove()
          allowAsTap()
          resolve({ tapIndex })
        })
        box.append(button)
      })
      const cancel = () => {
        mask.remove()
        reject(new Refusal('cancel'))
      }
      const no = part('button', 'mp-no', '取消')
      no.addEventListener('click', cancel)
      mask.addEventListener('click', (event) => event.target === mask && cancel())
      box.append(no)
      mask.append(box)
    })
  }),
}

/** ask shows a dialog and answers what was chosen. */
export function ask(options: ModalOptions) {
  return new Promise<{ confirm: boolean; cancel: boolean; content: string | null }>((resolve) => {
    const mask = layer('mp-mask')
    const box = part('div', 'mp-dialog')
    box.setAttribute('role', 'dialog')
    if (options.title) {
      box.setAttribute('aria-label', options.title)
      box.append(part('h2', '', options.title))
    }
    const field = part('input', '')
    field.placeholder = options.placeholderText ?? ''
    field.value = options.content ?? ''
    if (options.editable) box.append(field)
    else if (options.content) box.append(part('p', '', options.content))
    const foot = part('footer', '')
    const button = (className: string, text: string, confirm: boolean) => {
      const made = part('button', className, text)
      made.addEventListener('click', () => {
        mask.remove()
        allowAsTap()
        resolve({ confirm, cancel: !confirm, content: options.editable && confirm ? field.value : null })
      })
      foot.append(made)
    }
    if (options.showCancel ?? true) button('mp-no', options.cancelText ?? '取消', false)
    button('mp-ok', options.confirmText ?? '确定', true)
    box.append(foot)
    mask.append(box)
  })
}

function note({ title, mask }: ToastOptions, icon: string) {
  const box = layer(`mp-toast mp-toast-${icon}${mask ? ' mp-blocking' : ''}`)
  box.setAttribute('role', 'status')
  box.append(part('i', ''), part('span', '', title))
  return box
}
