import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { dayOf, parseTime, sayDay } from '../../lib/times'
import { lawyerName } from '../appointments'

interface Card { id: string; about: string; when: string; answered: boolean }

/** What somebody has complained of, the newest first. */
page({
  data: { items: [] as Card[], ended: true },
  pager: null as Pager<Schemas['Complaint']> | null,

  onLoad() {
    void this.fill()
  },

  onShow() {
    if (this.data.state === 'ready' || this.data.state === 'empty') void this.fill()
  },

  async load(): Promise<State> {
    const pager = new Pager((cursor: string) => api.get('/complaints', { query: { cursor } }))
    const items = await pager.first()
    this.pager = pager
    this.setData({ items: await Promise.all(items.map(cardOf)), ended: pager.done })
    return items.length ? 'ready' : 'empty'
  },

  async onReachBottom() {
    if (this.data.ended || !this.pager) return
    await this.act(async () => {
      const pager: Pager<Schemas['Complaint']> = this.pager!
      const more = await Promise.all((await pager.more()).map(cardOf))
      this.setData({ items: [...this.data.items, ...more], ended: pager.done })
    })
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },
})

/** What was written stands on the complaint's own page alone: others may look on. */
async function cardOf(c: Schemas['Complaint']): Promise<Card> {
  const about = c.advisor ? `关于${await lawyerName(c.advisor)}` : '关于服务'
  return { id: c.id, about, when: `${sayDay(dayOf(parseTime(c.created)), now())}交的`, answered: c.status === 'answered' }
}
