using MlxVideo.Cluster.Hosting;
using MlxVideo.Worker.Hosting;

return await DaemonCommandLine.RunAsync(WorkerCommand.Create(), args);
