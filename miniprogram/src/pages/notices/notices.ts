import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { person } from '../../lib/session'
import { sayAgo } from '../../lib/times'
import { setUnread, unread } from '../../lib/unread'

interface Line { id: string; title: string; text: string; when: string; read: boolean; url: string }

/** What somebody has been told, the newest first. */
page({
  data: { items: [] as Line[], unread: 0, ended: true },
  pager: null as Pager<Schemas['Notice']> | null,

  onLoad() {
    void this.fill()
  },

  /** Whoever comes back finds the list where it was, unless something new has come. */
  async onShow() {
    if (this.data.state !== 'ready' && this.data.state !== 'empty') return
    const list = await api.get('/notices', { query: { limit: 1 } }).catch(() => null)
    if (!list) return // the list stands as it was
    setUnread(list.unread)
    this.setData({ unread: list.unread })
    if (list.items[0]?.id !== this.data.items[0]?.id) void this.fill()
  },

  async load(): Promise<State> {
    const pager = new Pager(async (cursor: string) => {
      const list = await api.get('/notices', { query: { cursor } })
      setUnread(list.unread)
      return list
    })
    const items = await pager.first()
    this.pager = pager
    this.setData({ items: items.map(lineOf), unread: unread(), ended: pager.done })
    return items.length ? 'ready' : 'empty'
  },

  async onReachBottom() {
    if (this.data.ended || !this.pager) return
    await this.act(async () => {
      const pager: Pager<Schemas['Notice']> = this.pager!
      const more = (await pager.more()).map(lineOf)
      this.setData({ items: [...this.data.items, ...more], ended: pager.done })
    })
  },

  async open(event: WechatMiniprogram.TouchEvent) {
    const { index } = dataset<{ index: number }>(event)
    const { id, read, url } = this.data.items[index]
    if (url) void wx.navigateTo({ url })
    if (read) return
    const marked = await api.post('/notices/{id}/read', { path: { id } }).catch(() => null)
    if (!marked) return // it stays unread, and can be opened again
    this.setData({ [`items[${index}].read`]: true, unread: Math.max(0, this.data.unread - 1) })
    setUnread(this.data.unread)
  },

  async readAll() {
    await this.act(async () => {
      await api.post('/notices/read', { body: { until: this.data.items[0].id } })
      this.setData({ items: this.data.items.map((n) => ({ ...n, read: true })), unread: 0 })
      setUnread(0)
    })
  },
})

function lineOf(n: Schemas['Notice']): Line {
  return { id: n.id, title: n.title, text: n.text, when: sayAgo(n.at, now()), read: n.read, url: leadsTo(n) }
}

/** The page of what a notice is about; '' if it says all. */
function leadsTo(n: Schemas['Notice']): string {
  const kind = person()?.kind
  if (n.kind === 'slot_freed' && n.advisor && n.village) {
    return `/pages/book/book?advisor=${n.advisor}&village=${n.village}&channel=${n.channel ?? ''}&start=${encodeURIComponent(n.start ?? '')}`
  }
  if (n.complaint) return `/pages/complaint/complaint?id=${n.complaint}`
  if (n.log && kind === 'advisor') return `/pkg-advisor/log/log?id=${n.log}`
  if (n.log && (kind === 'cadre' || kind === 'collaborator')) return `/pkg-village/log/log?id=${n.log}`
  return n.appointment ? `/pages/booking/booking?id=${n.appointment}` : ''
}
