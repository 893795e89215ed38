import { renderSVG } from 'uqr'
import { api } from '../../lib/api'
import { page } from '../../lib/page'
import type { State } from '../../lib/page'
import { villageName } from '../../lib/places'
import { myVillage } from '../mine'

/** The village's sign-in code: shown on the telephone, or printed and put on the wall. */
page({
  data: { name: '', image: '', code: '', letters: '' },

  onLoad() {
    void this.fill()
  },

  async load(): Promise<State> {
    const village = myVillage()
    const [name, { code }] = await Promise.all([villageName(village), api.get('/villages/{code}/sign-in-code', { path: { code: village } })])
    const svg = renderSVG(code, { ecc: 'M', border: 4 }) // black on white, in the dark as well: that is what cameras read
    this.setData({ name, code, image: `data:image/svg+xml,${encodeURIComponent(svg)}`, letters: (code.match(/.{1,4}/g) ?? []).join(' ') })
    return 'ready'
  },
})
