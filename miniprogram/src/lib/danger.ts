/**
 * Words at which nobody should wait for an appointment: violence, self-harm,
 * somebody locked up. They bring up 110 and 12348, on the phone alone; what
 * was written is sent nowhere for it.
 */
const WORDS = [
  '打我', '打人', '挨打', '被打', '殴打', '家暴', '暴力', '砍', '拿刀', '动刀', '持刀', '杀', '捅', '掐脖子', '打死', '弄死',
  '自杀', '自残', '割腕', '跳楼', '跳河', '上吊', '喝农药', '喝药', '轻生', '寻短见', '不想活', '活不下去', '死了算了', '想死',
  '强奸', '性侵', '猥亵', '绑架', '关起来', '锁在屋', '非法拘禁', '威胁', '报复', '放火', '投毒',
]

/** Words that hold one of them and mean no harm. */
const HARMLESS = ['杀虫', '杀菌', '杀毒', '抹杀', '杀价', '宰杀', '杀猪', '杀鸡', '砍树', '砍伐', '砍价', '砍了树', '反家暴法宣传', '自杀式', '喝药酒']

export function isDanger(text: string): boolean {
  const rest = HARMLESS.reduce((t, word) => t.split(word).join('　'), text.replace(/\s+/g, ''))
  return WORDS.some((word) => rest.includes(word))
}
