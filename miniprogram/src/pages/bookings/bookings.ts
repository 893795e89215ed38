import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { person } from '../../lib/session'
import { goHome } from '../../lib/tabs'
import { sayTime } from '../../lib/times'
import { hasBegun, isComing, isOwn, sayStatus, sayWhere, sayWhom } from '../appointments'
import type { Own, Seen } from '../appointments'

interface Card { id: string; when: string; where: string; whom: string; status: string; tone: string }

/** What somebody has booked: what is to come, the nearest first, then what was. */
page({
  data: { coming: [] as Card[], past: [] as Card[], pastShown: false, ended: true, waits: false },
  pager: null as Pager<Seen> | null,

  onLoad() {
    void this.fill()
  },

  onShow() {
    if (this.data.state === 'ready' || this.data.state === 'empty') void this.fill()
  },

  async load(): Promise<State> {
    const pager = new Pager((cursor: string) => api.get('/appointments', { query: { cursor } }))
    const read = await pager.first() // the list has the latest first
    while (!pager.done && !read.some(hasBegun)) read.push(...(await pager.more()))
    this.pager = pager
    const own = read.filter(isOwn)
    this.setData({
      coming: await Promise.all(own.filter(isComing).reverse().map(cardOf)),
      past: await Promise.all(own.filter((a) => !isComing(a)).map(cardOf)),
      ended: pager.done, waits: person()?.kind !== 'advisor',
    })
    return own.length ? 'ready' : 'empty'
  },

  async onReachBottom() {
    if (this.data.ended || !this.pager || (this.data.look.elder && !this.data.pastShown)) return
    await this.act(async () => {
      const pager: Pager<Seen> = this.pager!
      const more = await Promise.all((await pager.more()).filter(isOwn).map(cardOf))
      this.setData({ past: [...this.data.past, ...more], ended: pager.done })
    })
  },

  showPast() {
    this.setData({ pastShown: true })
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },

  toHome() {
    goHome()
  },
})

async function cardOf(a: Own): Promise<Card> {
  const [where, whom] = await Promise.all([sayWhere(a), sayWhom(a)])
  return { id: a.id, when: sayTime(a.start, now()), where, whom, ...sayStatus(a) }
}
