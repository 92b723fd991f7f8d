using MlxVideo.Cluster.Hosting;
using MlxVideo.Coordinator.Hosting;

return await DaemonCommandLine.RunAsync(CoordinatorCommand.Create(), args);
