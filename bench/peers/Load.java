import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Drives one engine: start, then for each user task look it up, claim it and complete it. Prints one line of JSON. */
final class Load {
  interface Engine {
    String start(Map<String, Object> variables);

    String openTask(String instance);

    void claim(String task);

    void complete(String task, Map<String, Object> variables);

    void close();
  }

  private Load() {}

  /** Measures whenever a line "CLIENTS SECONDS" comes in, until there are no more. */
  static void run(Engine engine, String[] arguments) throws Exception {
    int tasks = Integer.parseInt(arguments[3]);
    BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
    for (String line = asked.readLine(); line != null; line = asked.readLine()) {
      String[] words = line.trim().split(" ");
      int clients = Integer.parseInt(words[0]);
      double seconds = Double.parseDouble(words[1]);
      List<Double> latencies = measure(engine, tasks, clients, seconds);
      double perSecond = latencies.size() / seconds;
      double[] sorted = latencies.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      System.out.printf(
          "{\"clients\": %d, \"tasks_per_second\": %.2f, \"p50_ms\": %.2f, \"p99_ms\": %.2f}%n",
          clients, perSecond, at(sorted, 0.5), at(sorted, 0.99));
      System.out.flush();
    }
    engine.close();
    System.exit(0);
  }

  private static double at(double[] sorted, double share) {
    return sorted.length == 0 ? 0 : sorted[(int) (sorted.length * share)];
  }

  private static List<Double> measure(Engine engine, int tasks, int clients, double seconds) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(clients);
    long end = System.nanoTime() + (long) (seconds * 1e9);
    List<Future<List<Double>>> running = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      running.add(pool.submit(() -> drive(engine, tasks, end)));
    }
    List<Double> all = new ArrayList<>();
    for (Future<List<Double>> one : running) {
      all.addAll(one.get());
    }
    pool.shutdown();
    return all;
  }

  private static List<Double> drive(Engine engine, int tasks, long end) {
    List<Double> latencies = new ArrayList<>();
    while (System.nanoTime() < end) {
      String instance = engine.start(variables());
      for (int i = 0; i < tasks && System.nanoTime() < end; i++) {
        String task = engine.openTask(instance);
        engine.claim(task);
        Map<String, Object> answers = new HashMap<>();
        answers.put("answer_" + i, "approved");
        long begin = System.nanoTime();
        engine.complete(task, answers);
        latencies.add((System.nanoTime() - begin) / 1e6);
      }
    }
    return latencies;
  }

  private static Map<String, Object> variables() {
    Map<String, Object> found = new HashMap<>();
    char[] text = new char[50];
    Arrays.fill(text, 'x');
    for (int i = 0; i < 20; i++) {
      found.put("field_" + i, new String(text));
    }
    return found;
  }
}
