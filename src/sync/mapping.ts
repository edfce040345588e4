/** From a configuration and both sides' definitions to what is wrong with it, and to the plan of a run. */
export { checkMapping, type MappingInput } from './check-mapping.ts';
export { namedPull, pendoFieldNames, targetsOf } from './field-names.ts';
export { buildPlan, madeAnew, newlyStopped, type PlanInput, stoppedFields } from './plan.ts';
export { pushDefinitions } from './push-definitions.ts';
