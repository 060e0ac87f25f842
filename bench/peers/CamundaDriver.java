import java.util.Map;
import org.camunda.bpm.engine.ProcessEngine;
import org.camunda.bpm.engine.impl.cfg.ProcessEngineConfigurationImpl;
import org.camunda.bpm.engine.impl.cfg.StandaloneProcessEngineConfiguration;

/** Camunda 7 in this process, with full history: URL USER DIAGRAM TASKS. */
public final class CamundaDriver implements Load.Engine {
  private final ProcessEngine engine;

  private CamundaDriver(String url, String user, String diagram) {
    ProcessEngineConfigurationImpl configuration = new StandaloneProcessEngineConfiguration();
    configuration.setEnforceHistoryTimeToLive(false);
    configuration.setJdbcDriver("org.postgresql.Driver");
    configuration.setJdbcUrl(url);
    configuration.setJdbcUsername(user);
    configuration.setJdbcPassword("");
    configuration.setJdbcMaxActiveConnections(20);
    configuration.setDatabaseSchemaUpdate("true");
    configuration.setHistory("full");
    configuration.setJobExecutorActivate(false);
    configuration.setMetricsEnabled(false);
    engine = configuration.buildProcessEngine();
    engine.getRepositoryService().createDeployment().addString("bench.bpmn", diagram).deploy();
  }

  public static void main(String[] arguments) throws Exception {
    String diagram = java.nio.file.Files.readString(java.nio.file.Path.of(arguments[2]));
    Load.run(new CamundaDriver(arguments[0], arguments[1], diagram), arguments);
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
