// Pictures: from the program, the net, or the phone's own files.
import { emit } from '../engine'
import { fileUrl } from '../wx/files'
import { Base } from './base'

const fits: Record<string, string> = { aspectFit: 'contain', aspectFill: 'cover', scaleToFill: 'fill' }

export class Picture extends Base {
  static observedAttributes = ['src', 'mode', 'lazy-load', 'aria-label']

  attributeChangedCallback(name: string, _: string | null, value: string | null) {
    const image = this.image
    if (name === 'src') {
      if (value) image.src = this.address(value)
      else image.removeAttribute('src')
    } else if (name === 'lazy-load') image.loading = value === null ? 'eager' : 'lazy'
    else if (name === 'aria-label') image.alt = value ?? ''
    else {
      image.style.objectFit = fits[value ?? ''] ?? (value && !/fix$/i.test(value) ? 'none' : 'fill')
      // The other modes name the corner that stays in sight, as CSS does.
      if (image.style.objectFit === 'none') image.style.objectPosition = value ?? ''
    }
  }

  private get image() {
    const made = this.shadowRoot?.querySelector('img')
    if (made) return made
    const image = this.inside(
      '<style>img{width:100%;height:100%;display:block}img:not([src]){display:none}</style><img alt="">',
    ).querySelector('img') as HTMLImageElement
    image.addEventListener('load', () => {
      this.resize(image)
      emit(this, 'load', { width: image.naturalWidth, height: image.naturalHeight })
    })
    image.addEventListener('error', () => emit(this, 'error', { errMsg: `failed to load ${this.word('src')}` }))
    return image
  }

  private resize(image: HTMLImageElement) {
    const { naturalWidth: width, naturalHeight: height } = image
    if (this.word('mode') === 'widthFix') this.style.height = `${(this.clientWidth * height) / width}px`
    if (this.word('mode') === 'heightFix') this.style.width = `${(this.clientHeight * width) / height}px`
  }

  /** address takes a path of the program as relative to the component whose template names it. */
  private address(source: string) {
    if (/^(https?|data|blob):/.test(source)) return source
    if (source.startsWith('wxfile:')) return fileUrl(source) ?? 'data:,'
    if (source.startsWith('/')) return source.slice(1)
    const from = this.__wxElement?.ownerShadowRoot?.getHostNode().is ?? ''
    return new URL(source, `http://x/${from}`).pathname.slice(1)
  }
}
