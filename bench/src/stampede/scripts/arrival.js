// Requests that arrive at a fixed rate, whether or not the ones before were answered.
import http from 'k6/http';

export const options = {
  scenarios: {
    arrival: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE),
      timeUnit: '1s',
      duration: __ENV.DURATION,
      preAllocatedVUs: Number(__ENV.VUS),
      maxVUs: Number(__ENV.VUS),
    },
  },
};

export default function () {
  http.get(__ENV.TARGET);
}
