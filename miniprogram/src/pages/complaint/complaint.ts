import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page } from '../../lib/page'
import { sayDay, sayTime } from '../../lib/times'
import { outcomeWords } from '../../lib/words'
import { lawyerName } from '../appointments'

/** One complaint of one's own, and what became of it. With `fresh` it has just been filed. */
page({
  data: {
    id: '', fresh: false, about: '', when: '', appointment: '', text: '', files: [] as string[],
    due: '', overdue: false, answer: null as { at: string; text: string; outcome: string; tone: string } | null,
  },

  onLoad({ id = '', fresh = '' }: { id?: string; fresh?: string }) {
    this.setData({ id, fresh: fresh !== '' })
    void this.fill()
  },

  async load(): Promise<void> {
    const c = await api.get('/complaints/{id}', { path: { id: this.data.id } })
    this.setData({
      about: c.advisor ? `关于${await lawyerName(c.advisor)}` : '关于服务', when: sayTime(c.created, now()), appointment: c.appointment ?? '',
      text: c.text, files: c.files, due: dueOf(c), overdue: c.overdue && !c.answer,
      answer: c.answer && { at: sayTime(c.answer.at, now()), text: c.answer.text, outcome: outcomeWords[c.answer.outcome], tone: toneOf[c.answer.outcome] },
    })
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },
})

const toneOf: Record<Schemas['Outcome'], string> = { upheld: 'ok', partly: 'ok', not_upheld: 'soft' }

/** By when it is answered. Without a calendar of holidays only the number of days is known. */
function dueOf(c: Schemas['Complaint']): string {
  if (c.answer) return ''
  if (c.overdue) return '已经过了答复的期限。请打上面的电话，问一问司法所。'
  return c.due ? `最晚 ${sayDay(c.due, now())} 答复您（${c.days} 个工作日）。` : `${c.days} 个工作日内答复您。`
}
