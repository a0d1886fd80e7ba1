// An order with everything that a usual script has around it.
import http from 'k6/http';
import { check } from 'k6';
import { Counter, Rate } from 'k6/metrics';

const orders = new Counter('orders');
const success = new Rate('success');

export const options = {
  thresholds: {
    http_req_duration: ['p(95)<5000', 'p(99)<10000'],
    checks: ['rate>0.999'],
    success: ['rate>0.999'],
    orders: ['count>0'],
  },
};

const params = { headers: { 'Content-Type': 'application/json' } };

export default function () {
  const body = JSON.stringify({ userId: __VU, items: [{ productId: 1 + (__ITER % 10), quantity: 1 }] });
  const response = http.post(`${__ENV.TARGET}/api/orders`, body, params);
  const isPlaced = check(response, {
    'status is 200': (r) => r.status === 200,
    'the answer has the order': (r) => JSON.parse(r.body).orderId !== undefined,
  });
  success.add(isPlaced);
  if (isPlaced) {
    orders.add(1);
  }
}
