Page({
  data: {
    name: '',
    note: '',
    sent: '',
    range: ['到村', '视频', '电话'],
    people: [{ label: '张三' }, { label: '李四' }],
    columns: [['东', '西'], ['一', '二']],
    date: '2026-02-27',
    empty: undefined,
    sure: { yes: true, no: false },
  },
  submit(event: { detail: { value: object } }) {
    this.setData({ sent: JSON.stringify(event.detail.value) })
  },
  dated(event: { detail: { value: string } }) {
    this.setData({ date: event.detail.value })
  },
  moved(event: { detail: { column: number; value: number } }) {
    if (event.detail.column === 0) this.setData({ columns: [['东', '西'], event.detail.value ? ['三', '四'] : ['一', '二']] })
  },
})
