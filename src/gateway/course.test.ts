import { startAlone } from '../../infra/testing/instances.ts'
import { courseContract } from './course.contract.ts'

courseContract('one instance by itself', startAlone)
