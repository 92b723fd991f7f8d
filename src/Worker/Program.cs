using System.CommandLine;
using MlxVideo.Worker.Hosting;

return await WorkerCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }); // the host handles signals
