// Small elements: rich-text and page-meta.
import { Base } from './base'

interface RichNode {
  type?: 'node' | 'text'
  name?: string
  text?: string
  attrs?: Record<string, string>
  children?: RichNode[]
}

const allowed = new Set(
  'a abbr b blockquote br code div em h1 h2 h3 h4 h5 h6 hr i img li ol p pre section span strong sub sup table tbody td th thead tr u ul'.split(
    ' ',
  ),
)

export class RichText extends Base {
  static observedAttributes = ['nodes']

  attributeChangedCallback() {
    const nodes = this.raw('nodes')
    const box = this.inside('<div></div>').firstElementChild as HTMLElement
    if (Array.isArray(nodes)) box.replaceChildren(...nodes.map((node) => build(node as RichNode)))
    else box.replaceChildren(...parse(typeof nodes === 'string' ? nodes : ''))
  }
}

/** PageMeta gives the page a style; what else it can say, the stage passes over. */
export class PageMeta extends Base {
  static observedAttributes = ['page-style']

  connectedCallback() {
    this.closest('wx-page')?.setAttribute('style', this.word('page-style'))
  }

  attributeChangedCallback() {
    this.connectedCallback()
  }
}

function parse(html: string) {
  const body = new DOMParser().parseFromString(html, 'text/html').body
  return Array.from(body.childNodes, (node) => build(asRich(node)))
}

function asRich(node: ChildNode): RichNode {
  if (!(node instanceof Element)) return { type: 'text', text: node.textContent ?? '' }
  return {
    name: node.localName,
    attrs: Object.fromEntries(Array.from(node.attributes, ({ name, value }) => [name, value])),
    children: Array.from(node.childNodes, asRich),
  }
}

function build(node: RichNode): Node {
  if (node.type === 'text' || !node.name) return document.createTextNode(node.text ?? '')
  const element = document.createElement(allowed.has(node.name) ? node.name : 'span')
  for (const name of ['style', 'class', 'src', 'alt', 'width', 'height', 'colspan', 'rowspan']) {
    const value = node.attrs?.[name]
    if (value !== undefined) element.setAttribute(name, value)
  }
  element.append(...(node.children ?? []).map(build))
  return element
}
