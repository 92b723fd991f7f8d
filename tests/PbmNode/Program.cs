using MlxVideo.Cluster.Hosting;
using MlxVideo.Coordinator.Hosting;
using MlxVideo.Pbm;

return await DaemonCommandLine.RunAsync(CoordinatorCommand.Create(PbmConsole.Add), args);
