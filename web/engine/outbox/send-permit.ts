// The leave to send, where several pages share an outbox: asked for while something can be sent, given back when nothing can.
import type { OutboxItem } from './item.ts'
import type { OutboxStore } from './store.ts'

/** `came` is called with what waits, as others left it (null: as before); `lost` when another page took over. */
export function keepLeave(hold: OutboxStore['hold'], came: (waiting: OutboxItem[] | null) => void, lost: () => void) {
  let asked: { came: boolean; giveBack: () => void } | null = null

  return {
    /** Always, where there is nobody to share with. */
    isOurs: () => !hold || asked?.came === true,

    ask() {
      if (!hold || asked) return
      const mine = { came: false, giveBack: () => {} }
      asked = mine
      mine.giveBack = hold(
        (waiting) => {
          if (asked !== mine) return
          mine.came = true
          came(waiting)
        },
        () => {
          if (asked !== mine) return
          asked = null
          lost()
        }
      )
    },

    giveBack() {
      asked?.giveBack()
      asked = null
    }
  }
}
