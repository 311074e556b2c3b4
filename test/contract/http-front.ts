import { describe } from 'vitest'
import type { Front, FrontOptions } from '../../src/gateway/http/index.ts'
import { describeAbort } from './http-front/abort.ts'
import { describeAnswers } from './http-front/answers.ts'
import { describeBodies } from './http-front/bodies.ts'
import { describeClose } from './http-front/close.ts'
import { describeEarlyAnswers } from './http-front/early-answers.ts'
import { describeHeads } from './http-front/heads.ts'
import { describeLeaving } from './http-front/leaving.ts'
import { describeRefusals } from './http-front/refusals.ts'
import { FrontStage } from './http-front/stage.ts'
import { describeStates } from './http-front/states.ts'
import { describeStreamedBodies } from './http-front/streamed-bodies.ts'
import { describeSwitching } from './http-front/switching.ts'
import { describeTime } from './http-front/time.ts'

/** What every front does with sockets, whatever it is made of (RFC 9110, RFC 9112; D12, D24, D28, D36). */
export function describeHttpFront(name: string, create: (options: FrontOptions) => Front): void {
  describe(name, () => {
    const stage = new FrontStage(create)
    describeHeads(stage)
    describeRefusals(stage)
    describeBodies(stage)
    describeStreamedBodies(stage)
    describeEarlyAnswers(stage)
    describeAnswers(stage)
    describeStates(stage)
    describeAbort(stage)
    describeLeaving(stage)
    describeTime(stage)
    describeClose(stage)
    describeSwitching(stage)
  })
}
