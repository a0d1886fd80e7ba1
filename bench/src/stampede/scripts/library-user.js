// The users of think.js with a large library beside them, of which they need little.
import http from 'k6/http';
import { sleep } from 'k6';
import { rule0 } from './library.js';

export const options = {
  scenarios: {
    users: {
      executor: 'ramping-vus',
      startVUs: 0,
      stages: [
        { duration: __ENV.RAMP, target: Number(__ENV.VUS) },
        { duration: __ENV.HOLD, target: Number(__ENV.VUS) },
      ],
      gracefulStop: '5s',
    },
  },
};

export default function () {
  http.get(`${__ENV.TARGET}/?rule=${rule0(__ITER)}`);
  sleep(1);
}
