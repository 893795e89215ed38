// The sheet that comes up from the bottom: choices above, 取消 and 确定 below.
export interface Sheet {
  body: HTMLElement
  /** confirm says what happens on 确定. */
  confirm(done: () => void): void
  close(): void
}

export function openSheet(className: string, cancelled: () => void): Sheet {
  const mask = layer('mp-mask bottom')
  const box = part('div', `mp-sheet ${className}`)
  box.setAttribute('role', 'dialog')
  const head = part('header', '')
  const [no, ok] = [part('button', 'mp-no', '取消'), part('button', 'mp-ok', '确定')]
  const body = part('div', 'mp-sheet-body')
  head.append(no, ok)
  box.append(head, body)
  mask.append(box)
  const close = () => mask.remove()
  const cancel = () => {
    close()
    cancelled()
  }
  no.addEventListener('click', cancel)
  mask.addEventListener('click', (event) => event.target === mask && cancel())
  return {
    body,
    close,
    confirm: (done) =>
      ok.addEventListener('click', () => {
        close()
        done()
      }),
  }
}

/** layer puts a new box over everything on the screen. */
export function layer(className: string) {
  const element = part('div', className)
  document.body.append(element)
  return element
}

export function part<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, text = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = text
  return element
}
