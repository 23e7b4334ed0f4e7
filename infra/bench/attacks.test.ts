import { attacksContract } from './attacks.contract.ts'

attacksContract('embedded')
