using MlxVideo.Cluster.Hosting;
using MlxVideo.Coordinator.Hosting;

#if PETABRIDGE_CMD
NodeConsole? console = MlxVideo.Pbm.PbmConsole.Add;
#else
NodeConsole? console = null;
#endif
return await DaemonCommandLine.RunAsync(CoordinatorCommand.Create(console), args);
