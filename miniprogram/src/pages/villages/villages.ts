import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import type { State } from '../../lib/page'
import { dataset, page, tell } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { scanned, villageIn } from '../../lib/scan'
import { lookAt, office, shortName, village } from '../../lib/places'

interface Found { code: string; name: string; place: string }

const RECENT = 'recentVillages'
const KEPT = 5 // how many recent ones
const PAUSE = 300 // milliseconds without a letter, after which is looked

/** Finds a village by its name, by where one has been, or by its code on the wall. */
page({
  data: { q: '', found: [] as Found[], recent: [] as Found[], office: office() },
  pager: null as Pager<Schemas['Village']> | null,
  timer: 0,

  onLoad() {
    this.setData({ recent: wx.getStorageSync<Found[]>(RECENT) || [], office: office() })
  },

  onUnload() {
    clearTimeout(this.timer)
  },

  typed(event: WechatMiniprogram.Input) {
    this.setData({ q: event.detail.value })
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.fill(), PAUSE)
  },

  async load(): Promise<State> {
    const q = this.data.q.trim()
    if (!q) return 'ready'
    const pager = new Pager((cursor: string) => api.get('/villages', { query: { q, cursor } }))
    const items = await pager.first()
    if (q !== this.data.q.trim()) return this.data.state // something else is asked by now
    this.pager = pager
    this.setData({ found: items.map(foundOf) })
    return items.length ? 'ready' : 'empty'
  },

  async onReachBottom() {
    await this.act(async () => {
      const items = (await this.pager?.more()) ?? []
      this.setData({ found: [...this.data.found, ...items.map(foundOf)] })
    })
  },

  choose(event: WechatMiniprogram.TouchEvent) {
    this.go(dataset<{ village: Found }>(event).village)
  },

  async scan() {
    const read = await scanned()
    const code = villageIn(read)
    if (code) await this.act(async () => this.go(foundOf(await village(code))))
    else if (read) tell('这不是村里的二维码，请换一个，或按名字找')
  },

  go(to: Found) {
    wx.setStorageSync(RECENT, [to, ...this.data.recent.filter((r) => r.code !== to.code)].slice(0, KEPT))
    lookAt(to.code)
    void wx.switchTab({ url: '/pages/home/home' })
  },

  call(event: WechatMiniprogram.TouchEvent) {
    wx.makePhoneCall({ phoneNumber: dataset<{ number: string }>(event).number, fail: () => undefined }) // not wanting to call is no fault
  },
})

function foundOf(v: Schemas['Village']): Found {
  return { code: v.code, name: shortName(v.name), place: `${v.district_name} ${v.town_name}` }
}
