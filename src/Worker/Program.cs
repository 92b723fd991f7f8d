using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Worker.Hosting;

return SelfTestChild.IsRequested(args) ? SelfTestChild.Run(args) : await DaemonCommandLine.RunAsync(WorkerCommand.Create(), args);
