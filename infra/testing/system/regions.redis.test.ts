// Two instances on one Redis, as two regions: everything that clients rely on holds across them.
import { startTwoRegions } from '../instances.ts'
import { classicContract } from '../../../src/gateway/classic.contract.ts'
import { courseContract } from '../../../src/gateway/course.contract.ts'
import { nativeContract } from '../../../src/gateway/native.contract.ts'

classicContract('two instances on one Redis', startTwoRegions)
courseContract('two instances on one Redis', startTwoRegions)
nativeContract('two instances on one Redis', startTwoRegions)
classicContract('two instances, presence over REST', () => startTwoRegions({ rest: true }))
