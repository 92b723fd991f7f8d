using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Worker.Hosting;

if (EngineHost.IsRequested(args))
    return EngineHost.Run();
if (SelfTestChild.IsRequested(args))
    return SelfTestChild.Run(args);
#if PETABRIDGE_CMD
NodeConsole? console = MlxVideo.Pbm.PbmConsole.Add;
#else
NodeConsole? console = null;
#endif
return await DaemonCommandLine.RunAsync(WorkerCommand.Create(console), args);
