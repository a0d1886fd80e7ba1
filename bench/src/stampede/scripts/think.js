// Users who pause for a second after each answer. They come one after the other, so that their
// pauses do not end together.
import http from 'k6/http';
import { sleep } from 'k6';

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
  http.get(__ENV.TARGET);
  sleep(1);
}
