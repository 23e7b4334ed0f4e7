import { startAlone } from '../../infra/testing/instances.ts'
import { nativeContract } from './native.contract.ts'

nativeContract('one instance by itself', startAlone)
