import java.util.Map;
import org.flowable.common.engine.impl.history.HistoryLevel;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.impl.cfg.ProcessEngineConfigurationImpl;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;

/** Flowable in this process, with full history: URL USER DIAGRAM TASKS. */
public final class FlowableDriver implements Load.Engine {
  private final ProcessEngine engine;

  private FlowableDriver(String url, String user, String diagram) {
    ProcessEngineConfigurationImpl configuration = new StandaloneProcessEngineConfiguration();
    configuration.setJdbcDriver("org.postgresql.Driver");
    configuration.setJdbcUrl(url);
    configuration.setJdbcUsername(user);
    configuration.setJdbcPassword("");
    configuration.setJdbcMaxActiveConnections(20);
    configuration.setDatabaseSchemaUpdate("true");
    configuration.setHistoryLevel(HistoryLevel.FULL);
    configuration.setAsyncExecutorActivate(false);
    engine = configuration.buildProcessEngine();
    engine.getRepositoryService().createDeployment().addString("bench.bpmn", diagram).deploy();
  }

  public static void main(String[] arguments) throws Exception {
    String diagram = java.nio.file.Files.readString(java.nio.file.Path.of(arguments[2]));
    Load.run(new FlowableDriver(arguments[0], arguments[1], diagram), arguments);
  }

  public String start(Map<String, Object> variables) {
    return engine.getRuntimeService().startProcessInstanceByKey("bench", variables).getId();
  }

  public String openTask(String instance) {
    return engine.getTaskService().createTaskQuery().taskCandidateGroup("clerks").processInstanceId(instance)
        .singleResult().getId();
  }

  public void claim(String task) {
    engine.getTaskService().claim(task, "clerk");
  }

  public void complete(String task, Map<String, Object> variables) {
    engine.getTaskService().complete(task, variables);
  }

  public void close() {
    engine.close();
  }
}
