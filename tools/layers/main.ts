import { checkLayers } from './check.ts';
import { readProject } from './files.ts';

const files = readProject(new URL('../../', import.meta.url));
const problems = checkLayers(files);
for (const problem of problems) console.error(problem);
console.log(`layers: ${files.size} files, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
